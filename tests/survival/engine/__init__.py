"""The house's database engine with fail points; Django finds it by the name of the folder."""
