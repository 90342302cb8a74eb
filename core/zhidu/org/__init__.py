"""The organisation: companies, departments, posts, people, working days."""
