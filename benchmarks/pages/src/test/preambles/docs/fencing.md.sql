-- a fence that a mistake has put too high
INSERT INTO fencing_guard (resource, token, holder) VALUES ('item:42', 1900000000000000, repeat('0', 32));
