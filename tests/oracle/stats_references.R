# Prints the constants of tests/unit/test_stats_tests.c and test_stats_curve.c, from R's own
# functions. Usage: Rscript tests/oracle/stats_references.R   (R 4.2.2; base and stats only)
show <- function(name, ...) cat(sprintf("%-28s %s\n", name, paste(sprintf("%.10f", c(...)), collapse = " ")))

show("qnorm", qnorm(c(1e-10, 0.001, 0.02, 0.025, 0.3, 0.5, 0.8, 0.975, 0.999999)))
p <- c(0.01, 0.04, 0.03, 0.005, 0.9, 0.0001, 0.04)
show("holm", p.adjust(p, "holm"))
for (row in list(c(0, 10), c(1, 10), c(5, 5), c(37, 50), c(320, 1000))) {
  wilson <- prop.test(row[1], row[2], correct = FALSE)$conf.int
  show(sprintf("wilson %d of %d", row[1], row[2]), wilson)
}

signs <- function(d) {
  all <- as.matrix(expand.grid(rep(list(c(-1, 1)), length(d))))
  mean(abs(all %*% d) >= abs(sum(d)) - 1e-9)
}
show("sign flips", signs(c(0.9, -0.2, 0.7, 1.0, 0.95, -0.05, 0.4)),
     signs(c(-1, -1, -0.5, -0.25, -1)), signs(c(0.6, 0.1, -1.3, 0.2)))

lengths <- 8192 * 2^(0:7)
n <- rep(20, 8)
fit <- function(means, n) {
  x <- log2(lengths)
  coef(glm(((n * means + 0.5) / (n + 1)) ~ x, family = quasibinomial, weights = n,
           control = glm.control(epsilon = 1e-14, maxit = 100)))
}
for (means in list(c(98.1, 93.0, 96.5, 90.0, 83.1, 87.5, 81.5, 74.0),
                   c(97.3, 91.4, 97.2, 90.5, 86.0, 79.3, 57.5, 36.6),
                   c(100, 100, 100, 100, 100, 50, 0, 0))) {
  b <- fit(means / 100, n)
  show("logistic: slope, log2 half", b[2], -b[1] / b[2])
}
cat("repeatability: ")
scores <- c(1, 1, 0.9, 0, 0.1, 0, 1, 0, 1, 0.5, 0.52)
question <- factor(c(1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4))
ms <- anova(lm(scores ~ question))[["Mean Sq"]]
k <- table(question)
k0 <- (sum(k) - sum(k^2) / sum(k)) / (length(k) - 1)
show("within sd, ICC(1)", sqrt(ms[2]), (ms[1] - ms[2]) / (ms[1] + (k0 - 1) * ms[2]))

unpaired <- function(mean, delta, spread, alpha) {
  sd <- sqrt(spread * (mean * (1 - mean) + (mean - delta) * (1 - mean + delta)) / 2)
  power.t.test(delta = delta, sd = sd, sig.level = alpha, power = 0.8)$n
}
show("power.t.test n", unpaired(0.75, 0.2, 0.9, 0.05), unpaired(0.75, 0.05, 0.9, 0.05),
     unpaired(0.9, 0.3, 1, 0.01))
