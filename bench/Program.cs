using Das.Bench;

return BenchCommand.Run(args);
