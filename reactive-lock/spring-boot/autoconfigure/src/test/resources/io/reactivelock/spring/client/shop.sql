CREATE TABLE stock (id bigint PRIMARY KEY, units int NOT NULL);
INSERT INTO stock VALUES (1, 10);
