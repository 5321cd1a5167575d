"""lossdoc inside the training loop: a monitor, and callbacks that feed it.

Observing is the default. A callback stops a run only if it is told to, speaks on one process only,
and keeps whatever goes wrong inside lossdoc to itself. Each framework has its own module, which
alone imports it:

- `lossdoc.integrations.huggingface`: ``Trainer(callbacks=[LossdocCallback()])``
- `lossdoc.integrations.lightning`: ``Trainer(callbacks=[LossdocCallback()])``
- `lossdoc.integrations.keras`: ``model.fit(callbacks=[LossdocCallback()])``
- `lossdoc.Monitor` for a loop of one's own.
"""
