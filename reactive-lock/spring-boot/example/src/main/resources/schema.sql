CREATE TABLE IF NOT EXISTS product (sku text PRIMARY KEY, units int NOT NULL CHECK (units >= 0));
-- once: the table is enforced from the first start on, and takes no write that did not pass the guard
INSERT INTO product SELECT '4711', 150 WHERE NOT EXISTS (SELECT FROM product);
