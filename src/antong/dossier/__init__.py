"""The electronic file: originals kept whole, pages, volumes and entries, snapshots, and legal documents."""
