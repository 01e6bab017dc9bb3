using Das.Cli;

using var interrupts = new Interrupts();
await using var pipeline = new PipelineHost();
return await DasCli.RunAsync(args, new CliContext(pipeline, Terminal.OfProcess(), interrupts.First));
