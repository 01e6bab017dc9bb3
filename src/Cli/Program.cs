using Das.Cli;

using var interrupts = new Interrupts();
return await DasCli.RunAsync(args, new CliContext(new PipelineHost(), Terminal.OfProcess(), interrupts.First));
