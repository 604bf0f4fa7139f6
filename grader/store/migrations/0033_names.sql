-- Where work came in: `created_at` is when another system received it, or that system marks it as
-- late and does not say when.
ALTER TABLE submissions ADD COLUMN received text NOT NULL DEFAULT 'here'
    CHECK (received IN ('here', 'elsewhere', 'late_elsewhere'));

-- Names in the one spelling of grader/course/person_names.py: composed, single blanks, nothing
-- invisible. Where two would become one, both stay as they are.
CREATE FUNCTION pg_temp.one_spelling(written text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT btrim(regexp_replace(normalize(regexp_replace(regexp_replace(written,
        '[\u0009-\u000d\u001c-\u001f\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]', ' ', 'g'),
        '[\u0001-\u0008\u000e-\u001b\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ue000-\uf8ff\ufeff\ufff9-\ufffb]', '', 'g')),
        ' +', ' ', 'g')) $$;

UPDATE users SET full_name = pg_temp.one_spelling(full_name)
 WHERE full_name <> pg_temp.one_spelling(full_name);
UPDATE users SET name = spelled.name
  FROM (SELECT min(id) AS id, pg_temp.one_spelling(name) AS name FROM users
         GROUP BY pg_temp.one_spelling(name) HAVING count(*) = 1) spelled
 WHERE users.id = spelled.id AND users.name <> spelled.name AND spelled.name <> '';
UPDATE submissions SET label = pg_temp.one_spelling(label)
 WHERE label <> pg_temp.one_spelling(label) AND pg_temp.one_spelling(label) <> '';
UPDATE batch_items i SET name = spelled.name
  FROM (SELECT group_id, min(name) AS written, pg_temp.one_spelling(name) AS name FROM batch_items
         GROUP BY group_id, pg_temp.one_spelling(name) HAVING count(*) = 1) spelled
 WHERE i.group_id = spelled.group_id AND i.name = spelled.written AND i.name <> spelled.name
   AND spelled.name <> '';
