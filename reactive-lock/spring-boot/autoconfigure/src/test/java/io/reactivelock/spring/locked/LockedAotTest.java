package io.reactivelock.spring.locked;

import static io.reactivelock.spring.locked.LockedContexts.leaseName;
import static org.assertj.core.api.Assertions.assertThat;

import io.reactivelock.LockClient;
import io.reactivelock.spring.Locked;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.springframework.aot.generate.ClassNameGenerator;
import org.springframework.aot.generate.DefaultGenerationContext;
import org.springframework.aot.generate.GeneratedFiles.Kind;
import org.springframework.aot.generate.InMemoryGeneratedFiles;
import org.springframework.aot.hint.MemberCategory;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.predicate.RuntimeHintsPredicates;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.aot.ApplicationContextAotGenerator;
import org.springframework.javapoet.ClassName;
import reactor.core.publisher.Mono;

@DisplayName("@Locked ahead of time")
class LockedAotTest {
    private static final AtomicInteger CLIENTS = new AtomicInteger();

    public record Parcel(String id) {}

    public static class Depot {
        @Locked("${no.such.property.yet}:#{#parcel.id}")
        public Mono<String> send(Parcel parcel) {
            return leaseName();
        }
    }

    @Configuration(proxyBeanMethods = false)
    @ImportAutoConfiguration(LockedAutoConfiguration.class)
    static class Application {
        @Bean
        Depot depot() {
            return new Depot();
        }

        @Bean
        LockClient locks() {
            CLIENTS.incrementAndGet();
            throw new IllegalStateException("no server is there while an application is compiled");
        }
    }

    @Test
    @DisplayName("makes the proxy without a client or a property, and keeps what the expressions read")
    void processed() {
        InMemoryGeneratedFiles files = new InMemoryGeneratedFiles();
        DefaultGenerationContext generation = new DefaultGenerationContext(
                new ClassNameGenerator(ClassName.get("io.reactivelock.spring.locked", "Application")), files);
        try (AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext()) {
            context.register(Application.class);
            new ApplicationContextAotGenerator().processAheadOfTime(context, generation);
        }
        generation.writeGeneratedContent();
        RuntimeHints hints = generation.getRuntimeHints();

        assertThat(CLIENTS).hasValue(0);
        assertThat(files.getGeneratedFiles(Kind.CLASS))
                .as("the proxy of the depot")
                .anySatisfy((name, file) -> assertThat(name).contains("LockedAotTest$Depot$$SpringCGLIB"));
        assertThat(RuntimeHintsPredicates.reflection().onMethodInvocation(Parcel.class, "id"))
                .accepts(hints);
        assertThat(RuntimeHintsPredicates.reflection().onMethodInvocation(Depot.class, "send"))
                .accepts(hints);
        assertThat(RuntimeHintsPredicates.reflection().onMethodInvocation(LockNameRoot.class, "getTarget"))
                .accepts(hints);
        assertThat(RuntimeHintsPredicates.reflection()
                        .onType(Locked.class)
                        .withMemberCategory(MemberCategory.INVOKE_DECLARED_METHODS))
                .accepts(hints);
    }
}
