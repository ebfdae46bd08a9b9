/** What a Spring application says about its locks. */
@NullMarked
package io.reactivelock.spring;

import org.jspecify.annotations.NullMarked;
