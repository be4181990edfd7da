haymaker_test(test_stats_quantile USES stats)
haymaker_test(test_stats_interval USES base stats)
haymaker_test(test_stats_coverage USES base stats)
