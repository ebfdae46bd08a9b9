package io.reactivelock.spring.web;

import java.net.URI;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;

/**
 * What a client is told of a failure. It names no lock, for the name may be somebody's business.
 *
 * @param status of the response
 * @param type the last part of the problem's type, for programs
 * @param detail for people
 * @param isRepeatable whether the same request may succeed later, as it is
 */
record LockProblem(HttpStatus status, String type, String detail, boolean isRepeatable) {
    /** With the hint to come again. */
    static LockProblem repeatable(HttpStatus status, String type, String detail) {
        return new LockProblem(status, type, detail, true);
    }

    static LockProblem of(HttpStatus status, String type, String detail) {
        return new LockProblem(status, type, detail, false);
    }

    ProblemDetail detail(URI instance) {
        ProblemDetail problem = ProblemDetail.forStatusAndDetail(status, detail);
        problem.setType(URI.create("urn:reactive-lock:" + type));
        problem.setInstance(instance);
        return problem;
    }
}
