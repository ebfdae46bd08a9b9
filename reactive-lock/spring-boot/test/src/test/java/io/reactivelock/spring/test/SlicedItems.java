package io.reactivelock.spring.test;

import io.reactivelock.spring.Fenced;
import org.springframework.data.r2dbc.repository.R2dbcRepository;

/** The repository of an application. */
@Fenced(resource = "'sliced:' + id")
interface SlicedItems extends R2dbcRepository<SlicedItem, String> {}
