"""PDFs of so many pages, for tests."""

import io

import pypdf


def written(pages, **encrypted):
    """A PDF with empty pages; encrypted as `PdfWriter.encrypt` takes it."""
    document = pypdf.PdfWriter()
    for _ in range(pages):
        document.add_blank_page(100, 100)
    if encrypted:
        document.encrypt(**encrypted)
    file = io.BytesIO()
    document.write(file)
    return file.getvalue()
