"""Reading of what users bring: sample sheets, clinical tables, bulk matrices."""
