using Das.Disturbances;

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
catch (Exception defect)
{
    Console.Error.WriteLine(defect); // caught, so that the deployment is taken down
    return 3;
}
