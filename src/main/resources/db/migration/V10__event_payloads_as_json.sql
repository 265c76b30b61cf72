-- What happened is written once, twice for each item that is worked on, and read seldom: json is checked and stored as
-- it comes, where jsonb is taken apart and built anew, which takes more time and more space.

alter table work_events alter column payload type json using payload::json;
