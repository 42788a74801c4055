"""Ways to show a report: on a terminal, as a page. A wing: no core room imports it."""
