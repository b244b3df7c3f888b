-- What was sent is found by what it is about, so that a consignment can be traced.
create index outbox_about on outbox (about) where about <> '';
