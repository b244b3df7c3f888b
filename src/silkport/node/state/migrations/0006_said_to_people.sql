-- What neighbours say that people act on is listed, the newest first: a few among very many.
create index said_to_people on said (kind, at)
  where kind in ('capacity_notice', 'slot_state', 'checkpoint_calendar', 'mirror_answer');
