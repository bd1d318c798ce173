-- The tables of an application, as they were before anybody thought of SCIM, and who was in them.

CREATE SCHEMA app;

CREATE TABLE app.organisations (id uuid PRIMARY KEY, name text NOT NULL);

CREATE TABLE app.users (
    id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    org_id     uuid NOT NULL REFERENCES app.organisations (id),
    email      varchar(254) NOT NULL,
    first_name text,
    last_name  text,
    role       text NOT NULL DEFAULT 'member',
    enabled    boolean NOT NULL DEFAULT TRUE,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX users_email ON app.users (org_id, lower(email));

CREATE TABLE app.teams (
    id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    org_id     uuid NOT NULL REFERENCES app.organisations (id),
    name       text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE app.team_members (
    team_id uuid NOT NULL REFERENCES app.teams (id),
    user_id uuid NOT NULL REFERENCES app.users (id),
    PRIMARY KEY (team_id, user_id)
);

INSERT INTO app.organisations VALUES
    ('5a7f1f0e-3d51-4b3c-8f0c-2d0f6f4b9c11', 'Acme'),
    ('9c1d2e3f-7a6b-4c5d-8e9f-0a1b2c3d4e5f', 'Other');
INSERT INTO app.users (org_id, email, first_name, last_name, role) VALUES
    ('5a7f1f0e-3d51-4b3c-8f0c-2d0f6f4b9c11', 'Ida.Berg@acme.example', 'Ida', 'Berg', 'owner'),
    ('5a7f1f0e-3d51-4b3c-8f0c-2d0f6f4b9c11', 'tove@acme.example', 'Tove', NULL, 'member'),
    ('9c1d2e3f-7a6b-4c5d-8e9f-0a1b2c3d4e5f', 'ida.berg@acme.example', 'Ida', NULL, 'member');
