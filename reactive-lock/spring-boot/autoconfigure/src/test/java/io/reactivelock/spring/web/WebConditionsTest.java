package io.reactivelock.spring.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.context.ContextRegistry;
import io.reactivelock.LockClientDisposedException;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.context.runner.ReactiveWebApplicationContextRunner;
import org.springframework.boot.webflux.autoconfigure.WebFluxAutoConfiguration;
import org.springframework.http.HttpStatus;

class WebConditionsTest {
    private final ReactiveWebApplicationContextRunner web = new ReactiveWebApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(
                    WebFluxAutoConfiguration.class,
                    ReactiveLockWebFluxAutoConfiguration.class,
                    ReactiveLockMdcAutoConfiguration.class));

    @Test
    void byDefaultFailuresAreProblems() {
        web.run(context -> assertThat(context)
                .hasSingleBean(ProblemWriter.class)
                .hasSingleBean(GuardProblems.class)
                .hasSingleBean(UnfencedProblems.class));
    }

    @Test
    void switchesTurnThemOff() {
        web.withPropertyValues("reactive-lock.web.problem-details=false")
                .run(context -> assertThat(context).doesNotHaveBean(ReactiveLockWebFluxAutoConfiguration.class));
        web.withPropertyValues("reactive-lock.enabled=false")
                .run(context -> assertThat(context)
                        .doesNotHaveBean(ReactiveLockWebFluxAutoConfiguration.class)
                        .doesNotHaveBean(ReactiveLockMdcAutoConfiguration.class));
    }

    @Test
    void aTimeToComeAgainIsMoreThanZero() {
        web.withPropertyValues("reactive-lock.web.retry-after=0s")
                .run(context -> assertThat(context)
                        .getFailure()
                        .rootCause()
                        .hasMessageContaining("reactive-lock.web.retry-after is more than 0, not PT0S"));
    }

    @Test
    void withoutAWebApplicationThereAreNone() {
        new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(ReactiveLockWebFluxAutoConfiguration.class))
                .run(context -> assertThat(context).doesNotHaveBean(ProblemWriter.class));
    }

    @Test
    void withoutWebFluxThereAreNone() {
        new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(ReactiveLockWebFluxAutoConfiguration.class))
                .withClassLoader(new FilteredClassLoader("org.springframework.web.reactive"))
                .run(context ->
                        assertThat(context).hasNotFailed().doesNotHaveBean(ReactiveLockWebFluxAutoConfiguration.class));
    }

    @Test
    void withoutGuardAndTransactionsThoseOfLocksRemain() {
        web.withClassLoader(new FilteredClassLoader("io.reactivelock.fencing", "org.springframework.dao"))
                .run(context -> assertThat(context)
                        .hasNotFailed()
                        .hasSingleBean(ProblemWriter.class)
                        .hasSingleBean(AcquireProblems.class)
                        .doesNotHaveBean("guardProblems")
                        .doesNotHaveBean("unfencedProblems"));
    }

    @Test
    void aClientThatMeetsAClosingInstanceComesAgain() {
        LockProblem problem =
                Objects.requireNonNull(new AcquireProblems().of(new LockClientDisposedException("item:7")));

        assertThat(problem.status()).isEqualTo(HttpStatus.SERVICE_UNAVAILABLE);
        assertThat(problem.type()).isEqualTo("closing");
        assertThat(problem.isRepeatable()).isTrue();
    }

    @Test
    void leasesAreInTheLogForAsLongAsTheApplicationRuns() {
        web.run(context -> assertThat(isRegistered()).isTrue());
        assertThat(isRegistered()).isFalse();
    }

    @Test
    void leasesAreNotInTheLogWhereThatIsOffOrCannotBe() {
        web.withPropertyValues("reactive-lock.mdc.enabled=false")
                .run(context -> assertThat(isRegistered()).isFalse());
        web.withClassLoader(new FilteredClassLoader("io.micrometer.context"))
                .run(context ->
                        assertThat(context).hasNotFailed().doesNotHaveBean(ReactiveLockMdcAutoConfiguration.class));
    }

    private static boolean isRegistered() {
        return ContextRegistry.getInstance().getThreadLocalAccessors().stream().anyMatch(LeaseMdc.class::isInstance);
    }
}
