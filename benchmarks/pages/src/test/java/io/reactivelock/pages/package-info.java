/** Whether what the pages show works: each block of code, in each page and in the Javadoc of what is published. */
@NullMarked
package io.reactivelock.pages;

import org.jspecify.annotations.NullMarked;
