# Time R's survival on one problem at one size: the counterpart of worker.py.
#
#   Rscript r_survival.R PROBLEM DATA OUT LIMIT SETS COLUMN ...
#
# DATA holds doubles, column after column; OUT gets one JSON line an event. Without arguments it says
# which problems it knows.

suppressPackageStartupMessages(library(survival))

arguments <- commandArgs(trailingOnly = TRUE)
if (length(arguments) == 0) {
  known <- c(
    "kaplan-meier", "cox", "aft-weibull", "aft-lognormal", "interval", "leave-one-out",
    "turnbull", "small-sets"
  )
  version <- packageVersion("survival")
  cat(sprintf('{"version": "%s", "problems": ["%s"]}\n', version, paste(known, collapse = '", "')))
  quit()
}
problem <- arguments[1]
out <- file(arguments[3], "w")
limit <- as.numeric(arguments[4])
sets <- as.integer(arguments[5])
columns <- arguments[-(1:5)]
REPEATS <- 5

bytes <- file.size(arguments[2])
values <- readBin(arguments[2], "double", bytes / 8)
data <- as.data.frame(matrix(values, ncol = length(columns), dimnames = list(NULL, columns)))

say <- function(...) {
  cat("{", paste(..., sep = ", "), "}\n", file = out, sep = "")
  flush(out)
}
number <- function(x) ifelse(is.finite(x), sprintf("%.17g", x), "null")
numbers <- function(name, x) sprintf('"%s": [%s]', name, paste(number(x), collapse = ", "))
one <- function(name, x) sprintf('"%s": %s', name, number(x))
text <- function(x) gsub('["\\\\\n]', " ", x)
texts <- function(name, x) {
  sprintf('"%s": [%s]', name, paste0('"', text(x), '"', recycle0 = TRUE, collapse = ", "))
}
now <- function() as.numeric(Sys.time())

covariates <- grep("^x", columns, value = TRUE)
on <- function(response) reformulate(if (length(covariates)) covariates else "1", response)
right <- on(quote(Surv(time, event)))
between <- on(quote(Surv(lower, upper, type = "interval2")))

aft_figures <- function(fit) {
  paste(
    numbers("estimates", c(coef(fit), log(fit$scale))),
    numbers("standard_errors", sqrt(diag(vcov(fit)))),
    one("loglik", fit$loglik[2]),
    sep = ", "
  )
}
curve_figures <- function(fit) numbers("estimates", summary(fit, times = c(10, 20, 40))$surv)
cox_figures <- function(fit) {
  paste(
    numbers("estimates", coef(fit)),
    numbers("standard_errors", sqrt(diag(vcov(fit)))),
    one("loglik", fit$loglik[2]),
    sep = ", "
  )
}
aft <- function(dist) {
  list(run = function(d) survreg(right, data = d, dist = dist), figures = aft_figures)
}

adapters <- list(
  "kaplan-meier" = list(
    run = function(d) survfit(right, data = d), figures = curve_figures
  ),
  "cox" = list(run = function(d) coxph(right, data = d), figures = cox_figures),
  "aft-weibull" = aft("weibull"),
  "aft-lognormal" = aft("lognormal"),
  "interval" = list(
    run = function(d) survreg(between, data = d, dist = "weibull"), figures = aft_figures
  ),
  "leave-one-out" = list(
    run = function(d) lapply(seq_len(nrow(d)), function(i) survreg(right, data = d[-i, ])),
    figures = function(fits) aft_figures(fits[[1]])
  ),
  "turnbull" = list(
    run = function(d) survfit(between, data = d),
    figures = curve_figures
  ),
  "small-sets" = aft("weibull")
)
adapter <- adapters[[problem]]

# R's interval2 takes a missing lower bound for a left-censored and a missing upper for an open row.
if ("lower" %in% columns) {
  data$lower[data$lower == 0] <- NA
  data$upper[is.infinite(data$upper)] <- NA
}

fit_repeatedly <- function() {
  begin <- now()
  suppressWarnings(adapter$run(data))
  say(one("warm_up", now() - begin))
  for (i in seq_len(REPEATS)) {
    if (i > 1 && now() - begin > limit) break
    start <- now()
    fit <- suppressWarnings(adapter$run(data))
    say(one("seconds", now() - start))
  }
  say(paste0('"figures": {', adapter$figures(fit), "}"))
}

fit_one <- function(d) {
  said <- character(0)
  start <- now()
  fit <- tryCatch(
    withCallingHandlers(adapter$run(d), warning = function(w) {
      said <<- c(said, conditionMessage(w))
      invokeRestart("muffleWarning")
    }),
    error = function(e) conditionMessage(e)
  )
  seconds <- one("seconds", now() - start)
  if (is.character(fit)) {
    return(paste(seconds, sprintf('"error": "%s"', text(fit)), sep = ", "))
  }
  paste(seconds, texts("warnings", unique(said)), adapter$figures(fit), sep = ", ")
}

fit_each <- function() {
  pieces <- split(data, rep(seq_len(sets), each = nrow(data) / sets))
  fit_one(pieces[[1]])
  for (piece in pieces) say(paste0('"set": {', fit_one(piece), "}"))
}

if (sets > 1) fit_each() else fit_repeatedly()
close(out)
