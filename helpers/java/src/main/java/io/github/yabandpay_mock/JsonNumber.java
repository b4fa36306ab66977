package io.github.yabandpay_mock;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.regex.Pattern;

/**
 * A JSON number. The gateway signs PHP's text of a number, which is not always its text in the body: {@code 12.0} is
 * signed as {@code 12}, and {@code 1e-7} as {@code 1.0E-7}.
 */
final class JsonNumber extends Number {
    private static final long serialVersionUID = 1L;
    private static final Pattern INTEGER = Pattern.compile("-?\\d+");
    private static final int LONGEST_INTEGER = 20;
    private static final int LONG_BITS = 63;
    private static final MathContext FOURTEEN_DIGITS = new MathContext(14, RoundingMode.HALF_EVEN);

    private final String source;

    JsonNumber(String source) {
        this.source = source;
    }

    /** Its text in PHP 8, floats with 14 significant digits. */
    String phpText() {
        if (INTEGER.matcher(source).matches()
                && source.length() <= LONGEST_INTEGER
                && new BigInteger(source).bitLength() <= LONG_BITS) {
            return source.equals("-0") ? "0" : source;
        }
        double value = doubleValue();
        if (Double.isInfinite(value)) {
            return value > 0 ? "INF" : "-INF";
        }
        if (value == 0) {
            return 1 / value > 0 ? "0" : "-0";
        }
        BigDecimal rounded = new BigDecimal(value).round(FOURTEEN_DIGITS).stripTrailingZeros();
        int exponent = rounded.precision() - rounded.scale() - 1;
        if (exponent >= -4 && exponent < FOURTEEN_DIGITS.getPrecision()) {
            return rounded.toPlainString();
        }
        String digits = rounded.unscaledValue().abs().toString();
        String fraction = digits.length() > 1 ? digits.substring(1) : "0";
        return (value < 0 ? "-" : "") + digits.charAt(0) + "." + fraction + "E" + (exponent < 0 ? "-" : "+")
                + Math.abs(exponent);
    }

    @Override
    public int intValue() {
        return (int) longValue();
    }

    @Override
    public long longValue() {
        return INTEGER.matcher(source).matches() ? new BigInteger(source).longValue() : (long) doubleValue();
    }

    @Override
    public float floatValue() {
        return (float) doubleValue();
    }

    @Override
    public double doubleValue() {
        return Double.parseDouble(source);
    }

    /** Two numbers are equal if they are written the same. */
    @Override
    public boolean equals(Object other) {
        return other instanceof JsonNumber number && number.source.equals(source);
    }

    @Override
    public int hashCode() {
        return source.hashCode();
    }

    /** The number as it is written in the body. */
    @Override
    public String toString() {
        return source;
    }
}
