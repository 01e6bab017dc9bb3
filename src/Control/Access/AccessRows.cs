namespace Das.Control.Access;

/// <summary>Who may sign in.</summary>
public sealed class UserRow
{
    public string Name { get; set; } = "";
    public string PasswordHash { get; set; } = "";

    /// <summary><c>viewer</c> or <c>operator</c>.</summary>
    public string Role { get; set; } = "";

    /// <summary>Changes with the password and the role; a session begun under another one has ended.</summary>
    public string Stamp { get; set; } = "";

    public DateTime Created { get; set; }
}

/// <summary>A program's key, of which only the digest is known.</summary>
public sealed class ApiKeyRow
{
    /// <summary>SHA-256 of the key in lower-case hexadecimal.</summary>
    public string Sha256 { get; set; } = "";

    public string Name { get; set; } = "";
    public string Role { get; set; } = "";
    public DateTime Created { get; set; }
    public DateTime? Used { get; set; }
}

/// <summary>The tables of users and keys.</summary>
public static class AccessTables
{
    extension(RegistryContext registry)
    {
        public DbSet<UserRow> Users => registry.Set<UserRow>();
        public DbSet<ApiKeyRow> ApiKeys => registry.Set<ApiKeyRow>();
    }
}

internal sealed class AccessConfiguration : IEntityTypeConfiguration<UserRow>, IEntityTypeConfiguration<ApiKeyRow>
{
    public void Configure(EntityTypeBuilder<UserRow> builder) => builder.ToTable("Users").HasKey(user => user.Name);

    public void Configure(EntityTypeBuilder<ApiKeyRow> builder) => builder.ToTable("ApiKeys").HasKey(key => key.Sha256);
}
