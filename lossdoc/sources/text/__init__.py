"""Parts of the reader of console logs, in the order in which a log passes through them.

`lines` (bytes to lines), `keyvalue` (what a line says; `tokens` and `keys` below it), `records`
(lines by `template`), `columns` (which templates are records; `axis` tells at which steps).
"""
