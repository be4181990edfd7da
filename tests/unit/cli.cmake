haymaker_test(test_cli_opt USES base cli)
