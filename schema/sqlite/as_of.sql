-- The moment the views answer for. NULL is the present, taken when they are read:
--     UPDATE gridctl_as_of SET moment = '2026-05-06 12:10:00';
CREATE TABLE gridctl_as_of (moment TEXT CHECK (moment IS NULL OR datetime(moment) IS NOT NULL));
INSERT INTO gridctl_as_of VALUES (NULL);
