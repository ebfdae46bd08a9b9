package io.reactivelock.spring.test;

import org.springframework.data.annotation.Id;
import org.springframework.data.relational.core.mapping.Table;

/** A row of a table that the test makes. */
@Table("sliced_item")
record SlicedItem(@Id String id, int units) {}
