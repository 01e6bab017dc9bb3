using Das.Faults;

try
{
    await Commands.RunAsync(args);
    return 0;
}
catch (DasException e)
{
    Console.Error.WriteLine(e.Message);
    return 2;
}
