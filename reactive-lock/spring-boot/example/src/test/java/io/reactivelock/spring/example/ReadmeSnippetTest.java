package io.reactivelock.spring.example;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactivelock.testservers.PostgresServer;
import io.reactivelock.testservers.RedisServer;
import java.io.IOException;
import java.io.StringWriter;
import java.lang.reflect.Method;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.io.DefaultResourceLoader;
import org.springframework.r2dbc.core.DatabaseClient;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The lines of the README as they stand, in an application that has nothing else. */
@DisplayName("The README's lines for Spring Boot")
class ReadmeSnippetTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String SKU = "readme-" + ProcessHandle.current().pid();

    /** What a reader has: imports, an entity, an application. */
    private static final String AROUND = """
            package readme;
            import io.reactivelock.spring.Fenced;
            import io.reactivelock.spring.Locked;
            import org.springframework.boot.autoconfigure.SpringBootApplication;
            import org.springframework.data.annotation.Id;
            import org.springframework.data.r2dbc.repository.R2dbcRepository;
            import org.springframework.data.relational.core.mapping.Table;
            import org.springframework.stereotype.Service;
            import org.springframework.transaction.annotation.Transactional;
            import reactor.core.publisher.Mono;

            @SpringBootApplication
            class Application {}

            @Table("readme_item")
            record Item(@Id String sku, int units) {
                boolean inStock() {
                    return units > 0;
                }

                Item sold() {
                    return new Item(sku, units - 1);
                }
            }
            """;

    @Test
    @DisplayName("sell exactly what there is")
    void sellExactly(@TempDir Path classes) throws Exception {
        compile(AROUND + snippet(), classes);
        try (URLClassLoader loader = new URLClassLoader(
                        new URL[] {classes.toUri().toURL()}, getClass().getClassLoader());
                ConfigurableApplicationContext context = start(loader)) {
            DatabaseClient database = context.getBean(DatabaseClient.class);
            database.sql("CREATE TABLE IF NOT EXISTS readme_item (sku text PRIMARY KEY, units int NOT NULL)")
                    .then()
                    .block(PATIENCE);
            database.sql("INSERT INTO readme_item VALUES ('" + SKU + "', 10)")
                    .then()
                    .block(PATIENCE);
            Object checkout = context.getBean(loader.loadClass("readme.Checkout"));
            AtomicInteger sold = new AtomicInteger();

            Flux.range(0, 25)
                    .flatMap(buyer -> sell(checkout), 25)
                    .doOnNext(item -> sold.incrementAndGet())
                    .blockLast(PATIENCE);

            assertThat(sold).hasValue(10);
            assertThat(one(database, "SELECT units FROM readme_item WHERE sku = '" + SKU + "'"))
                    .isZero();
            assertThat(one(database, "SELECT count(*) FROM fencing_guard WHERE resource = 'item:" + SKU + "'"))
                    .as("the storage knows the token of the lock")
                    .isOne();
        }
    }

    private static long one(DatabaseClient database, String sql) {
        return Objects.requireNonNull(database.sql(sql)
                .map(row -> Objects.requireNonNull(row.get(0, Long.class)))
                .one()
                .block(PATIENCE));
    }

    private static Mono<?> sell(Object checkout) {
        try {
            Method sell = checkout.getClass().getSuperclass().getDeclaredMethod("sell", String.class);
            sell.setAccessible(true);
            return (Mono<?>) sell.invoke(checkout, SKU);
        } catch (ReflectiveOperationException e) {
            throw new LinkageError("no method to sell by", e);
        }
    }

    private static String snippet() throws IOException {
        String page = Files.readString(Path.of("../../../README.md"));
        String section = page.substring(page.indexOf("## With Spring Boot"));
        String code = section.substring(section.indexOf("```java") + "```java".length());
        return code.substring(0, code.indexOf("```"));
    }

    private static void compile(String code, Path classes) {
        JavaFileObject source =
                new SimpleJavaFileObject(URI.create("page:///Readme.java"), JavaFileObject.Kind.SOURCE) {
                    @Override
                    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                        return code;
                    }
                };
        StringWriter said = new StringWriter();
        boolean compiled = ToolProvider.getSystemJavaCompiler()
                .getTask(
                        said,
                        null,
                        null,
                        List.of("-parameters", "-proc:none", "-d", classes.toString()),
                        null,
                        List.of(source))
                .call();
        assertThat(compiled).as(said.toString()).isTrue();
    }

    private static ConfigurableApplicationContext start(ClassLoader loader) throws ClassNotFoundException {
        PostgresServer postgres = PostgresServer.shared();
        return new SpringApplicationBuilder(loader.loadClass("readme.Application"))
                .resourceLoader(new DefaultResourceLoader(loader))
                .web(WebApplicationType.NONE)
                .run(
                        // not the settings of the example
                        "--spring.config.location=optional:classpath:/none/",
                        "--spring.data.redis.url=" + RedisServer.shared().uri(),
                        "--spring.r2dbc.url=" + postgres.r2dbcUrl(),
                        "--spring.r2dbc.username=" + postgres.username(),
                        "--spring.r2dbc.password=" + postgres.password(),
                        "--reactive-lock.fencing.initialize-schema=always");
    }
}
