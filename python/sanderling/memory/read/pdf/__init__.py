"""Read PDF with pypdf.

===================  =====================================================
``pdf.py``           the reader: pages, title and language
``running_text.py``  the pages as one text, without running heads
``page_numbers.py``  pages named in ranges, for warnings
===================  =====================================================
"""
