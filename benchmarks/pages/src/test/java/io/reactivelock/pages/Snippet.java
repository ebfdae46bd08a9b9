package io.reactivelock.pages;

/**
 * One block of code that a page shows.
 *
 * @param page the file, from the root of the project, with slashes
 * @param line where its code begins
 * @param language as the page says it
 * @param code its lines
 */
record Snippet(String page, int line, String language, String code) {
    String place() {
        return page + ':' + line;
    }

    /** A complaint, with the place to mend. */
    String problem(String what) {
        return place() + " " + what;
    }
}
