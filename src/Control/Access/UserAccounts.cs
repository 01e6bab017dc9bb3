using System.Security.Cryptography;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace Das.Control.Access;

/// <summary>Who may sign in. Passwords are kept as PBKDF2-SHA512 hashes; names are lower case.</summary>
public sealed partial class UserAccounts(IDbContextFactory<RegistryContext> registry)
{
    public const int ShortestPassword = 12, LongestPassword = 1024, LongestName = 64;

    /// <summary>OWASP's number for PBKDF2 with SHA-512 (Password Storage Cheat Sheet, 2023).</summary>
    private const int Iterations = 210_000;

    private static readonly PasswordHasher<UserRow> hasher = new(Options.Create(new PasswordHasherOptions { IterationCount = Iterations }));
    private static readonly Lazy<UserRow> nobody = new(() => new() { PasswordHash = hasher.HashPassword(new(),
        Convert.ToHexString(RandomNumberGenerator.GetBytes(16))) });

    public async Task<IReadOnlyList<UserRow>> ListAsync()
    {
        await using RegistryContext rows = await registry.CreateDbContextAsync();
        return await rows.Users.AsNoTracking().OrderBy(user => user.Name).ToListAsync();
    }

    /// <exception cref="DasException">The name, the role or the password cannot be used, or there is such a user already.</exception>
    public async Task AddAsync(string name, string role, string password)
    {
        name = name.ToLowerInvariant();
        if (!Name().IsMatch(name)) throw new DasException(ErrorKind.Usage,
            $"'{name}' is no user's name: 1 to 64 letters, digits, dots, dashes and underscores, a letter or a "
            + "digit first.");
        await using RegistryContext rows = await registry.CreateDbContextAsync();
        if (await rows.Users.FindAsync(name) is not null)
            throw new DasException(ErrorKind.Usage, $"There is a user '{name}' already. To change the password: das users password {name}.");
        rows.Users.Add(new() { Name = name, Role = Roles.Check(role), PasswordHash = Hash(password), Stamp = NewStamp(), Created = DateTime.UtcNow });
        await rows.SaveChangesAsync();
    }

    /// <summary>Ends the user's sessions, too.</summary>
    /// <exception cref="DasException">There is no such user.</exception>
    public async Task RemoveAsync(string name)
    {
        await using RegistryContext rows = await registry.CreateDbContextAsync();
        rows.Users.Remove(await RowAsync(rows, name));
        await rows.SaveChangesAsync();
    }

    /// <summary>Ends the user's sessions, too.</summary>
    /// <exception cref="DasException">There is no such user, or the password is too short or too long.</exception>
    public async Task SetPasswordAsync(string name, string password)
    {
        await using RegistryContext rows = await registry.CreateDbContextAsync();
        UserRow user = await RowAsync(rows, name);
        (user.PasswordHash, user.Stamp) = (Hash(password), NewStamp());
        await rows.SaveChangesAsync();
    }

    /// <summary>Ends every session of the user: whatever a browser still holds opens nothing.</summary>
    public async Task EndSessionsAsync(string name)
    {
        await using RegistryContext rows = await registry.CreateDbContextAsync();
        await rows.Users.Where(user => user.Name == name).ExecuteUpdateAsync(user => user.SetProperty(row => row.Stamp, NewStamp()));
    }

    /// <summary>The user of that name with that password; null where either is wrong, which takes the same time.</summary>
    public async Task<UserRow?> VerifyAsync(string name, string password)
    {
        if (password.Length > LongestPassword) return null;
        await using RegistryContext rows = await registry.CreateDbContextAsync();
        UserRow? user = await rows.Users.FindAsync(name.Trim().ToLowerInvariant());
        PasswordVerificationResult result = hasher.VerifyHashedPassword(user ?? nobody.Value, (user ?? nobody.Value).PasswordHash, password);
        if (user is null || result == PasswordVerificationResult.Failed) return null;
        if (result == PasswordVerificationResult.SuccessRehashNeeded)
        {
            user.PasswordHash = Hash(password);
            await rows.SaveChangesAsync();
        }
        return user;
    }

    /// <summary>Whether a session begun under <paramref name="stamp"/> still holds.</summary>
    public async Task<bool> IsCurrentAsync(string? name, string? stamp)
    {
        await using RegistryContext rows = await registry.CreateDbContextAsync();
        return await rows.Users.AnyAsync(user => user.Name == name && user.Stamp == stamp);
    }

    public async Task<bool> AnyAsync()
    {
        await using RegistryContext rows = await registry.CreateDbContextAsync();
        return await rows.Users.AnyAsync();
    }

    private static async Task<UserRow> RowAsync(RegistryContext rows, string name) => await rows.Users.FindAsync(name.ToLowerInvariant())
        ?? throw new DasException(ErrorKind.Usage, $"There is no user '{name}'. Known: "
            + $"{string.Join(", ", await rows.Users.Select(user => user.Name).OrderBy(known => known).ToListAsync())}.");

    private static string Hash(string password) => password.Length is >= ShortestPassword and <= LongestPassword
        ? hasher.HashPassword(new(), password)
        : throw new DasException(ErrorKind.Usage, $"A password has {ShortestPassword} to {LongestPassword} characters; this one has {password.Length}.");

    private static string NewStamp() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));

    [GeneratedRegex(@"^[a-z0-9][a-z0-9._-]{0,63}\z")]
    private static partial Regex Name();
}
