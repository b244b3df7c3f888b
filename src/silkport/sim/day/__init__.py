"""One day between two sovereign nodes that are real: two processes, mutual TLS, a line that is cut.

    line      a line between two ports that can be cut
    sites     the two nodes: made, introduced to each other, serving
    cargo     what travels, drawn by a seed
    traders   what exporters and importers do
    border    what carriers, officers and inspection bodies do
    playing   the day, scene after scene
    standing  what each side knows in the end

Everything is done through the use cases that the commands call: there is no back door.
"""
