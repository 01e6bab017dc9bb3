using Das.Control.Access;

namespace Das.Cli.Commands;

/// <summary><c>das users</c>: who may sign in to the site.</summary>
public static class UsersCommand
{
    public static Verb Create(CliContext context) => new("users", "List, add and remove those who may sign in to the site, and change passwords",
        "das users list",
        "das users add ann --role operator",
        "das users add bob --role viewer --password-stdin",
        "das users password ann",
        "das users remove bob") { List(context), Add(context), Password(context), Remove(context) };

    internal static Option<string> Role() =>
        new("--role") { Description = $"{Roles.Viewer} (sees everything) or {Roles.Operator} (starts and changes things, too)", Required = true };

    private static Argument<string> Name() => new("name") { Description = "The user's name" };

    private static Option<bool> FromInput() => new("--password-stdin") { Description = "Read the password from the standard input's first line" };

    private static Command List(CliContext context)
    {
        var command = new Command("list", "List the users");
        command.SetAction(async _ =>
        {
            var users = (await context.Host.Users.ListAsync()).Select(user => new { user.Name, user.Role, user.Created }).ToList();
            context.Terminal.Result(new { users }, console =>
            {
                var table = RunDisplay.Table("user", "role", "added (UTC)");
                foreach (var user in users) table.AddRow(user.Name, user.Role, $"{user.Created:yyyy-MM-dd HH:mm}");
                console.Write(table);
            });
            return ExitCodes.Ok;
        });
        return command;
    }

    private static Command Add(CliContext context)
    {
        var (name, role, fromInput) = (Name(), Role(), FromInput());
        var command = new Command("add", "Add a user") { name, role, fromInput };
        command.SetAction(async parsed =>
        {
            await context.Host.Users.AddAsync(parsed.GetRequiredValue(name), parsed.GetRequiredValue(role), Ask(context.Terminal, parsed.GetValue(fromInput)));
            return Said(context.Terminal, $"{parsed.GetRequiredValue(name)} can sign in as {parsed.GetRequiredValue(role)}.");
        });
        return command;
    }

    private static Command Password(CliContext context)
    {
        var (name, fromInput) = (Name(), FromInput());
        var command = new Command("password", "Change a user's password; ends the user's sessions") { name, fromInput };
        command.SetAction(async parsed =>
        {
            await context.Host.Users.SetPasswordAsync(parsed.GetRequiredValue(name), Ask(context.Terminal, parsed.GetValue(fromInput)));
            return Said(context.Terminal, $"{parsed.GetRequiredValue(name)} has a new password.");
        });
        return command;
    }

    private static Command Remove(CliContext context)
    {
        var name = Name();
        var command = new Command("remove", "Remove a user; ends the user's sessions") { name };
        command.SetAction(async parsed =>
        {
            await context.Host.Users.RemoveAsync(parsed.GetRequiredValue(name));
            return Said(context.Terminal, $"{parsed.GetRequiredValue(name)} is removed.");
        });
        return command;
    }

    internal static int Said(Terminal terminal, string sentence)
    {
        terminal.Result(new { done = sentence }, console => console.WriteLine(sentence));
        return ExitCodes.Ok;
    }

    private static string Ask(Terminal terminal, bool fromInput)
    {
        if (fromInput) return Console.In.ReadLine() ?? throw new DasException(ErrorKind.Usage, "The standard input holds no password.");
        if (!terminal.Live) throw new DasException(ErrorKind.Usage, "Nobody is there to be asked for the password; give it with --password-stdin.");
        string password = terminal.Console.Prompt(new TextPrompt<string>("Password:").Secret(null));
        return terminal.Console.Prompt(new TextPrompt<string>("Once more:").Secret(null)) == password ? password
            : throw new DasException(ErrorKind.Usage, "These were two passwords.");
    }
}
