-- The course that a message is about, where it is about one: answers to mail go where it says.
ALTER TABLE messages ADD COLUMN course text NOT NULL DEFAULT '';
