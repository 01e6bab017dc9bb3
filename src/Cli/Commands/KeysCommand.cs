namespace Das.Cli.Commands;

/// <summary><c>das keys</c>: what programs use the HTTP API with.</summary>
public static class KeysCommand
{
    public static Verb Create(CliContext context) => new("keys", "List, add and remove keys for programs that use the HTTP API",
        "das keys list",
        "das keys add ci --role operator",
        "das keys remove ci") { List(context), Add(context), Remove(context) };

    private static Argument<string> Name() => new("name") { Description = "What the key is called" };

    private static Command List(CliContext context)
    {
        var command = new Command("list", "List the keys' names, roles and last use; the keys themselves are not kept");
        command.SetAction(async _ =>
        {
            var keys = (await context.Host.Keys.ListAsync()).Select(key => new { key.Name, key.Role, key.Created, key.Used }).ToList();
            context.Terminal.Result(new { keys }, console =>
            {
                var table = RunDisplay.Table("key", "role", "added (UTC)", "last used (UTC)");
                foreach (var key in keys) table.AddRow(Markup.Escape(key.Name), key.Role, $"{key.Created:yyyy-MM-dd HH:mm}", $"{key.Used:yyyy-MM-dd HH:mm}");
                console.Write(table);
            });
            return ExitCodes.Ok;
        });
        return command;
    }

    private static Command Add(CliContext context)
    {
        var (name, role) = (Name(), UsersCommand.Role());
        var command = new Command("add", "Make a key and show it, once") { name, role };
        command.SetAction(async parsed =>
        {
            string key = await context.Host.Keys.AddAsync(parsed.GetRequiredValue(name), parsed.GetRequiredValue(role));
            context.Terminal.Note("Keep it now; it cannot be shown again. Programs send it as: Authorization: Bearer KEY");
            context.Terminal.Result(new { key }, _ => context.Terminal.Output.WriteLine(key));
            return ExitCodes.Ok;
        });
        return command;
    }

    private static Command Remove(CliContext context)
    {
        var name = Name();
        var command = new Command("remove", "Remove a key; whoever has it can do nothing with it any more") { name };
        command.SetAction(async parsed =>
        {
            await context.Host.Keys.RemoveAsync(parsed.GetRequiredValue(name));
            return UsersCommand.Said(context.Terminal, $"{parsed.GetRequiredValue(name)} is removed.");
        });
        return command;
    }
}
