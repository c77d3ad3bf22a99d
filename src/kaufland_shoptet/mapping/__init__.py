"""Between Kaufland and Shoptet: pure functions, one module per concern.

``statuses``, ``dispatch``, ``shipping``, ``vat``, ``orders``, ``prices``, ``offers``, ``returns``, ``invoices``,
``reconcile``, ``sla``, ``storefronts``: no client, no clock and no network; the same input gives the same
output, and money never passes through ``float``. Import the module you need:

>>> from kaufland_shoptet.mapping import statuses
>>> print(statuses.label("need_to_be_sent"))
Not Dispatched
"""
