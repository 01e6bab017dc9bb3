using Das.Fuzz;

Coverage.Attach();
return args switch
{
    ["child", ..] => Run(() => Campaign.OnSmallStack(() => Campaign.Child(args))),
    ["known", ..] => Run(() => Campaign.OnSmallStack(() => Known.Child(args))),
    _ => Run(() => Commands.Run(args)),
};

static int Run(Action work)
{
    try
    {
        work();
        return 0;
    }
    catch (DasException e)
    {
        Console.Error.WriteLine(e.Message);
        return 2;
    }
}
