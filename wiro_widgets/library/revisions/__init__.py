"""How a PostgreSQL database comes to have the tables of `wiro_widgets.library.tables`."""
