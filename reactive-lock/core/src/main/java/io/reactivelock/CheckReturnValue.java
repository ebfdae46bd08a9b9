package io.reactivelock;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * What is returned has to be used: a setter changes a copy, and a {@code Mono} does nothing until it is subscribed to. Error Prone,
 * SpotBugs and IDEs know an annotation of this name, wherever it comes from, and warn where a call drops its result.
 */
@Documented
@Retention(RetentionPolicy.CLASS)
@Target({ElementType.TYPE, ElementType.METHOD})
public @interface CheckReturnValue {}
