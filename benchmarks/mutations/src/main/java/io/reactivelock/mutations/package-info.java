/** Seeds bugs into a copy of the project, one at a time, and runs for each the test that has to notice it. */
@NullMarked
package io.reactivelock.mutations;

import org.jspecify.annotations.NullMarked;
