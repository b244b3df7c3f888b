"""Worlds of two and three sovereign nodes, by a seed: everything goes wrong, nothing is lost.

    mixes      what a seed draws: cast, span, how often what goes wrong
    course     what happened, counted and digested: the same seed, the same course
    faults     crashes at every write, full disks, wrong clocks
    sites      a node of the world with its clock and its troubles
    world      virtual time: what happens when, and how a node goes about its work
    network    the line in each direction: lost, late, twice, garbled, cut
    shipments  drawn declarations
    people     what declarants, officers and operators do
    attempts   a try of somebody, and what he does without an answer
    trading    everybody of a consignment that is declared once: `traders` describe, grant, confirm
               and file, `clearances` follow, `carriers`, `purses` and `bodies` bring what it needs
    desks      what they describe, and the law by which their filings are made
    terms      of grants, transits and guarantees
    ledger     what they were told, and may rely on
    hostile    a node that lies; `hostile_batches` and `hostile_messages` are its lies
    checks/    the invariants
    running    one seed, and many

The nodes are real (`sim/nodes.py`): use cases, store and signatures are those of the product.
"""
