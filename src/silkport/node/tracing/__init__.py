"""What a node knows of one consignment, and what it knows of the other side of it.

    finding   which houses an operator means by a number
    files     descriptions, grants and prepared filings
    sides     declarations, messages, transports, inspections and balances, house by house
    stages    the stages of the journey of a declaration
    waiting   what waits, and who must act

Only read: nothing here changes a node.
"""
