package io.github.yabandpay_mock;

import io.github.yabandpay_mock.api.NewAccount;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import org.junit.jupiter.api.extension.DynamicTestInvocationContext;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ExtensionContext.Store.CloseableResource;
import org.junit.jupiter.api.extension.InvocationInterceptor;
import org.junit.jupiter.api.extension.LifecycleMethodExecutionExceptionHandler;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolutionException;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;
import org.opentest4j.TestAbortedException;

/**
 * The JUnit 5 extension: one sandbox for the whole run, and a separate account for each test that has a parameter of the
 * type {@link MerchantAccount}. A failed test shows what happened in its account.
 *
 * <pre>{@code
 * @ExtendWith(YabandPaySandbox.class)
 * class OrderTest {
 *     @Test
 *     void declined(MerchantAccount account) {
 *         account.use("declined");
 *         // your application creates an order
 *         account.clock().advance("2s");
 *         assertEquals(List.of("declined"), account.merchant().states());
 *     }
 * }
 * }</pre>
 *
 * <p>A parameter of the type {@link Sandbox} is the sandbox itself.
 */
public final class YabandPaySandbox
        implements ParameterResolver,
                TestExecutionExceptionHandler,
                LifecycleMethodExecutionExceptionHandler,
                InvocationInterceptor {
    private static final Namespace NAMESPACE = Namespace.create(YabandPaySandbox.class);
    private static final int LONGEST_NAME = 200;

    private final List<String> options;
    private final Supplier<String> url;
    private final String merchantHost;

    /** The sandbox of {@code YABANDPAY_MOCK_URL}, or else one that is started. */
    public YabandPaySandbox() {
        this(List.of(), null, "");
    }

    private YabandPaySandbox(List<String> options, Supplier<String> url, String merchantHost) {
        this.options = options;
        this.url = url;
        this.merchantHost = merchantHost;
    }

    /**
     * An extension whose sandbox has other settings. All classes with the same options share one sandbox.
     *
     * @param options flags of {@code yabandpay-mock serve}, such as {@code --strict}
     * @return an extension for a static field with {@code @RegisterExtension}
     */
    public static YabandPaySandbox with(String... options) {
        return new YabandPaySandbox(List.of(options), null, "");
    }

    /**
     * An extension for a sandbox that something else starts, such as Testcontainers.
     *
     * @param url gives its address when the first test needs it
     * @return an extension for a static field with {@code @RegisterExtension}
     */
    public static YabandPaySandbox at(Supplier<String> url) {
        return new YabandPaySandbox(List.of(), url, "");
    }

    /**
     * This extension, for a sandbox that reaches this machine under a name.
     *
     * @param name a host name such as {@code host.testcontainers.internal}
     * @return another extension
     */
    public YabandPaySandbox merchantHost(String name) {
        return new YabandPaySandbox(options, url, name);
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        Class<?> type = parameter.getParameter().getType();
        return type == MerchantAccount.class || type == Sandbox.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        if (parameter.getParameter().getType() == Sandbox.class) {
            return sandbox(context);
        }
        if (!(parameter.getDeclaringExecutable() instanceof Method) || context.getTestMethod().isEmpty()) {
            throw new ParameterResolutionException("A MerchantAccount belongs to one test. Take it as a parameter of the"
                    + " test, of @BeforeEach or of @AfterEach. For an account of a whole class, take a Sandbox, and"
                    + " call sandbox.account(\"name\").");
        }
        return context.getStore(NAMESPACE)
                .getOrComputeIfAbsent(MerchantAccount.class, key -> open(context), OpenAccount.class)
                .account();
    }

    private OpenAccount open(ExtensionContext context) {
        return new OpenAccount(sandbox(context).account(NewAccount.of().withName(nameOf(context))));
    }

    /** The name of a test, as an account may have it. */
    private static String nameOf(ExtensionContext context) {
        String method = context.getRequiredTestMethod().getName();
        String shown = context.getDisplayName();
        String name = context.getRequiredTestClass().getSimpleName() + "." + method
                + (shown.startsWith(method + "(") ? "" : " " + shown);
        int[] points = name.codePoints().limit(LONGEST_NAME).toArray();
        return new String(points, 0, points.length);
    }

    private Sandbox sandbox(ExtensionContext context) {
        Object key = url == null ? options : this;
        return context.getRoot()
                .getStore(NAMESPACE)
                .getOrComputeIfAbsent(key, chosen -> new OpenSandbox(open(new Settings(context))), OpenSandbox.class)
                .sandbox();
    }

    private Sandbox open(Settings settings) {
        String token = settings.get("control-token");
        String host = merchantHost.isEmpty() ? settings.get("merchant-host") : merchantHost;
        String running = url == null ? settings.get("url") : url.get();
        if (url == null && (running.isEmpty() || !options.isEmpty())) {
            return Sandbox.start(settings.get("command"), options, token);
        }
        return Sandbox.at(running, token, host);
    }

    @Override
    public void handleTestExecutionException(ExtensionContext context, Throwable error) throws Throwable {
        throw withStory(context, error);
    }

    @Override
    public void handleBeforeEachMethodExecutionException(ExtensionContext context, Throwable error) throws Throwable {
        throw withStory(context, error);
    }

    @Override
    public void handleAfterEachMethodExecutionException(ExtensionContext context, Throwable error) throws Throwable {
        throw withStory(context, error);
    }

    @Override
    public void interceptDynamicTest(
            Invocation<Void> invocation, DynamicTestInvocationContext invoked, ExtensionContext context)
            throws Throwable {
        try {
            invocation.proceed();
        } catch (Throwable error) {
            throw withStory(context, error);
        }
    }

    /** The same error, with the story of the account below it; also on standard error, as not every runner shows that. */
    private static Throwable withStory(ExtensionContext context, Throwable error) {
        OpenAccount open = context.getStore(NAMESPACE).get(MerchantAccount.class, OpenAccount.class);
        boolean isTold = Arrays.stream(error.getSuppressed()).anyMatch(SandboxStory.class::isInstance);
        if (open != null && !isTold && !(error instanceof TestAbortedException)) {
            SandboxStory story = new SandboxStory(open.account().story());
            error.addSuppressed(story);
            System.err.println(open.account().name() + " failed. " + story);
        }
        return error;
    }

    private record OpenAccount(MerchantAccount account) implements CloseableResource {
        @Override
        public void close() {
            account.close();
        }
    }

    private record OpenSandbox(Sandbox sandbox) implements CloseableResource {
        @Override
        public void close() {
            sandbox.close();
        }
    }

    /** Settings of the tests: JUnit's parameters, which are system properties too, and variables of the environment. */
    private record Settings(ExtensionContext context) {
        String get(String name) {
            String variable = "YABANDPAY_MOCK_" + name.replace('-', '_').toUpperCase(Locale.ROOT);
            return context.getConfigurationParameter("yabandpay.mock." + name)
                    .orElseGet(() -> System.getenv().getOrDefault(variable, ""));
        }
    }
}
