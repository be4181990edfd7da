haymaker_test(test_stats_quantile USES stats)
haymaker_test(test_stats_interval USES base stats)
haymaker_test(test_stats_coverage USES base stats)
haymaker_test(test_stats_tests USES base stats)
haymaker_test(test_stats_curve USES base stats)
haymaker_test(test_stats_watched USES base stats)

# The simulations of tests/bench/bench_stats, a quick version as a test.
haymaker_test(test_stats_decision USES base stats)
target_sources(test_stats_decision PRIVATE bench/stats_simulation.c)
