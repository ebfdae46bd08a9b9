package io.reactivelock.spring.web;

import java.net.URI;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.core.Ordered;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.codec.HttpMessageWriter;
import org.springframework.http.codec.ServerCodecConfigurer;
import org.springframework.web.reactive.function.server.ServerResponse;
import org.springframework.web.reactive.result.view.ViewResolver;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebExceptionHandler;
import reactor.core.publisher.Mono;
import reactor.util.Logger;
import reactor.util.Loggers;

/**
 * Answers a failure of a lock or a guard with a problem of RFC 9457. Exception handlers of controllers and advices come before it, the
 * error page of Spring Boot comes after it.
 */
final class ProblemWriter implements WebExceptionHandler, Ordered {
    private static final Logger LOG = Loggers.getLogger(ProblemWriter.class);

    /**
     * Spring Boot's error page is at -1, and an application that replaces it does so at -2: of two at one place, the application's bean
     * comes first.
     */
    private static final int BEFORE_THE_ERROR_PAGE = -2;

    private final List<LockProblems> problems;
    private final LockWebProperties properties;
    private final ServerResponse.Context context;

    ProblemWriter(List<LockProblems> problems, LockWebProperties properties, ServerCodecConfigurer codecs) {
        this.problems = problems;
        this.properties = properties;
        this.context = new WriterContext(codecs.getWriters());
    }

    @Override
    public int getOrder() {
        return BEFORE_THE_ERROR_PAGE;
    }

    @Override
    public Mono<Void> handle(ServerWebExchange exchange, Throwable failure) {
        LockProblem problem = problem(failure);
        if (problem == null || exchange.getResponse().isCommitted()) {
            return Mono.error(failure);
        }
        URI instance = URI.create(exchange.getRequest().getPath().value());
        log(exchange, problem, failure);
        return ServerResponse.status(problem.status())
                .contentType(MediaType.APPLICATION_PROBLEM_JSON)
                .headers(headers -> {
                    if (problem.isRepeatable()) {
                        headers.set(HttpHeaders.RETRY_AFTER, String.valueOf(properties.retryAfterSeconds()));
                    }
                })
                .bodyValue(problem.detail(instance))
                .flatMap(response -> response.writeTo(exchange, context));
    }

    private @Nullable LockProblem problem(Throwable failure) {
        return problems.stream()
                .map(family -> family.of(failure))
                .filter(Objects::nonNull)
                .findFirst()
                .orElse(null);
    }

    /** The name of the lock stands here, and not in the response. A lock that is held is nothing to wake anybody for. */
    private static void log(ServerWebExchange exchange, LockProblem problem, Throwable failure) {
        String prefix = exchange.getLogPrefix();
        if (problem.status().value() == 500) {
            LOG.error(
                    prefix + problem.status() + " for " + exchange.getRequest().getPath(), failure);
        } else if (problem.type().equals("busy")) {
            LOG.debug("{}{}", prefix, failure.getMessage());
        } else {
            LOG.warn("{}{}: {}", prefix, problem.status(), failure.getMessage());
        }
    }

    private record WriterContext(List<HttpMessageWriter<?>> messageWriters) implements ServerResponse.Context {
        @Override
        public List<ViewResolver> viewResolvers() {
            return List.of();
        }
    }
}
